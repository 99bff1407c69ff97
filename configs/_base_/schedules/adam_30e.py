"""Whole network, ARTS 4.2: 30 epochs, batch 32, learning rate 3e-5."""
optim_wrapper = dict(type='OptimWrapper', optimizer=dict(type='Adam', lr=3e-5))
train_cfg = dict(by_epoch=True, max_epochs=30)
