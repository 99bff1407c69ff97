"""MANO, the right hand, with FreiHAND's finger tips; docs/body_models.md."""
body_model = dict(type='MANO', side='right', tips='freihand')
