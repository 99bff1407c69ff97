"""DSD-SATN, 4.2: 40 epochs of SGD, momentum 0.9, learning rate 1e-4.

The discriminator's optimiser is not in the paper: the release's.
"""
optim_wrapper = dict(
    constructor='AdversarialConstructor',
    type='OptimWrapper',
    optimizer=dict(type='SGD', lr=1e-4, momentum=0.9),
    discriminator=dict(optimizer=dict(type='Adam', lr=1e-4)))
train_cfg = dict(by_epoch=True, max_epochs=40)
