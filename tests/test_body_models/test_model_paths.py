# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Files of bodies are found by path or by any of their official names."""
import numpy as np
import pytest
from toy_body import toy_arrays

from mmarts.body_models import SMPL
from mmarts.body_models.model_paths import (find_array_file, find_body_file,
                                            official_name)


@pytest.fixture
def roots(tmp_path, monkeypatch):
    """The working folder and the one that the variable names."""
    here, named = tmp_path / 'here', tmp_path / 'named'
    for folder in (here, named):
        folder.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv('MMARTS_BODY_MODELS', str(named))
    return here, named


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


@pytest.mark.parametrize('kind, variant, place, name', [
    ('SMPL', 'neutral', 'smpl/SMPL_NEUTRAL.pkl', 'SMPL_NEUTRAL'),
    ('SMPL', 'neutral', 'smpl/basicModel_neutral_lbs_10_207_0_v1.0.0.pkl',
     'SMPL_NEUTRAL'),
    ('SMPL', 'male', 'smpl/models/basicmodel_m_lbs_10_207_0_v1.1.0.pkl',
     'SMPL_MALE'),
    ('SMPL', 'female', 'basicModel_f_lbs_10_207_0_v1.0.0.pkl', 'SMPL_FEMALE'),
    ('SMPLX', 'female', 'smplx/SMPLX_FEMALE.npz', 'SMPLX_FEMALE'),
    ('SMPLX', 'neutral', 'models/smplx/SMPLX_NEUTRAL.pkl', 'SMPLX_NEUTRAL'),
    ('SMPLH', 'male', 'smplh/male/model.npz', 'SMPLH_MALE'),
    ('SMPLH', 'female', 'mano_v1_2/models/SMPLH_female.pkl', 'SMPLH_FEMALE'),
    ('MANO', 'right', 'mano/MANO_RIGHT.pkl', 'MANO_RIGHT'),
    ('MANO', 'left', 'mano_v1_2/models/MANO_LEFT.pkl', 'MANO_LEFT'),
])
def test_official_names_are_found(roots, kind, variant, place, name):
    # The other gender or side beside it is not taken for it.
    touch(roots[1] / kind.lower() / f'{kind}_OTHER.pkl')
    path = touch(roots[1] / place)
    found = find_body_file(kind, variant=variant)
    assert found == path
    assert official_name(kind, found) == name


def test_the_order_of_places(roots):
    here, named = roots
    relative = 'smpl/SMPL_NEUTRAL.pkl'
    with pytest.raises(FileNotFoundError):
        find_body_file('SMPL', relative)
    places = [
        here / 'data' / 'body_models' / relative, named / relative,
        here / relative
    ]
    for place in places:  # each goes before those made so far
        touch(place)
        assert find_body_file('SMPL', relative).resolve() == place.resolve()
    # By name the working folder itself is no place to look in.
    assert find_body_file('SMPL').resolve() == places[1].resolve()
    places[1].unlink()
    assert find_body_file('SMPL').resolve() == places[0].resolve()


def test_one_body_has_one_id_under_all_its_names(roots):
    arrays = {k: v for k, v in toy_arrays().items() if k != 'name'}
    ids = set()
    for name in ('smpl/SMPL_MALE.npz', 'smpl/smpl_male.npz'):
        touch(roots[1] / name)
        np.savez(roots[1] / name, **arrays)
        ids.add(SMPL(name).body_model_id)
    assert len(ids) == 1 and ids.pop().startswith('SMPL_MALE-')
    np.savez(roots[1] / 'own.npz', **arrays)
    assert SMPL('own.npz').name == 'own'
    assert SMPL('own.npz', name='me').name == 'me'


def test_regressors_are_found_likewise(roots):
    arrays = toy_arrays()
    np.savez(touch(roots[1] / 'smpl' / 'SMPL_NEUTRAL.npz'), **arrays)
    np.save(roots[1] / 'J_regressor_h36m.npy', arrays['J_regressor_h36m'])
    body = SMPL(regressors=dict(h36m17='J_regressor_h36m.npy'))
    assert {'h36m17', 'h36m14'} <= set(body.joint_sets)
    assert find_array_file('J_regressor_h36m.npy').parent == roots[1]


@pytest.mark.robustness
def test_a_missing_file_says_all_there_is_to_know(roots):
    with pytest.raises(FileNotFoundError) as error:
        SMPL(gender='male')
    line = str(error.value)
    for words in ('SMPL_MALE.pkl', 'basicModel_m_lbs', str(roots[1]),
                  'data/body_models', 'https://smpl.is.tue.mpg.de',
                  'MMARTS_BODY_MODELS', 'FreeBody', 'docs/body_models.md'):
        assert words in line
    assert '\n' not in line
    with pytest.raises(
            FileNotFoundError, match='looked in /none.pkl. ') as error:
        SMPL('/none.pkl')
    assert str(roots[1]) not in str(error.value)
    with pytest.raises(FileNotFoundError, match='https://smpl-x.is'):
        find_body_file('SMPLX')
    with pytest.raises(FileNotFoundError, match='no file "J.npy"'):
        find_array_file('J.npy')
    with pytest.raises(ValueError, match='neutral, male, female'):
        SMPL(gender='x')


@pytest.mark.robustness
@pytest.mark.parametrize('name, rows, words', [
    ('h36m17', (16, 300), r'should be \(17, 300\)'),
    ('h36m17', (17, 6890), r'is \(17, 6890\)'),
    ('extra9', (17, 300), r'should be \(9, 300\)'),
    ('extra9', (9, 6890), r'is \(9, 6890\)'),
    ('coco19', (17, 300), r'should be \(19, 300\) for coco19'),
])
def test_regressors_of_a_wrong_size_are_named(toy_file, tmp_path, name, rows,
                                              words):
    np.save(tmp_path / 'J.npy', np.zeros(rows))
    with pytest.raises(ValueError, match=words) as error:
        SMPL(toy_file, regressors={name: str(tmp_path / 'J.npy')})
    assert 'J.npy' in str(error.value) and '\n' not in str(error.value)
    (tmp_path / 'J.npy').write_bytes(b'no array')
    with pytest.raises(ValueError, match='no .npy file'):
        SMPL(toy_file, regressors={name: str(tmp_path / 'J.npy')})


@pytest.mark.robustness
@pytest.mark.parametrize('key, shape', [('weights', (300, 23)),
                                        ('J_regressor', (24, 299)),
                                        ('posedirs', (300, 3, 206)),
                                        ('shapedirs', (300, 2, 10)),
                                        ('v_template', (300, 2))])
def test_sizes_that_do_not_fit_are_named(tmp_path, key, shape):
    path = tmp_path / 'odd.npz'
    np.savez(path, **dict(toy_arrays(), **{key: np.zeros(shape)}))
    with pytest.raises(ValueError, match=f'odd.npz.*{key} should be'):
        SMPL(str(path))
