"""Lifter, ARTS 4.2: 60 epochs, batch 64, learning rate 1e-5."""
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=1e-5))
train_cfg = dict(by_epoch=True, max_epochs=60)
