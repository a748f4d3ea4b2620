"""What every Registry is asked to do, in interpreters of their own that have the library, numpy and nothing
else that is needed here."""
