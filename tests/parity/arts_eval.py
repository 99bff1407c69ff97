def compute_eval(kit, seed, dtype): return {}
