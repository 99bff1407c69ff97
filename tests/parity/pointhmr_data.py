def compute_data(kit, seed, dtype):
    return {}
