"""Writers, importers, deleters and janitors of the real code, one storage operation at a time.

    python -m tools.soak.sweeping --schedules 20000 --seed 1
    python -m tools.soak.sweeping --mutants

Virtual time, lost answers, machines that sleep: all from one seed, and the same every time.
"""
