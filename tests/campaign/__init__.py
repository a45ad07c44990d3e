"""The campaign: the real operator through every fault that the catalogue names, one by one, in pairs and at random.

`catalogue` says what can go wrong where, `scenarios` and `lives` what people do meanwhile, `runs` runs one of them and
says what was hit. `python -m tests.campaign` runs many.
"""
