"""Real servers on 127.0.0.1 for tests: started once per test process, ended by their process id."""
