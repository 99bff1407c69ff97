# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Both renderers put meshes where the camera says, and agree."""
import numpy as np
import pytest

from mmarts.visualization import mesh_renderer
from mmarts.visualization.renderer import RendererError, create_renderer
from mmarts.visualization.shading import vertex_normals

SIZE = 320, 240
K = np.array([[300., 0, 150], [0, 310, 130], [0, 0, 1]])


def _egl_is_missing() -> str:
    try:
        create_renderer(np.array([[0, 1, 2]]), SIZE, 'egl').close()
    except RendererError as error:
        return str(error)
    return ''


MISSING = _egl_is_missing()
NEEDS_EGL = pytest.mark.skipif(bool(MISSING), reason=MISSING or 'there')
BACKENDS = [pytest.param('egl', marks=NEEDS_EGL), 'software']


def sphere(rows=40, columns=60):
    """Closed unit sphere, triangles anticlockwise from outside."""
    polar = np.linspace(0, np.pi, rows + 1)[1:-1, None]
    turn = np.arange(columns) * 2 * np.pi / columns
    ring = np.stack(
        np.broadcast_arrays(
            np.sin(polar) * np.cos(turn), np.cos(polar),
            np.sin(polar) * np.sin(turn)), -1).reshape(-1, 3)
    vertices = np.concatenate([ring, [[0, 1, 0], [0, -1, 0]]])
    index = np.arange(len(ring)).reshape(rows - 1, columns)
    after = np.roll(index, -1, axis=1)
    top, low = np.full(columns, len(ring)), np.full(columns, len(ring) + 1)
    faces = [(index[:-1], after[:-1], index[1:]),
             (after[:-1], after[1:], index[1:]), (top, after[0], index[0]),
             (low, index[-1], after[-1])]
    faces = np.concatenate(
        [np.stack([np.ravel(c) for c in corners], -1) for corners in faces])
    return vertices, faces


def pixels(points):
    projected = points @ K.T
    return projected[..., :2] / projected[..., 2:]


def mask(image):
    return image[..., 3] > 127


@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize('flip', [False, True])
def test_triangle_covers_its_pixels(backend, flip):
    triangle = np.array([[-.3, -.4, 2.], [.5, -.1, 2.5], [.1, .5, 1.8]])
    faces = np.array([[0, 2, 1] if flip else [0, 1, 2]])
    with create_renderer(faces, SIZE, backend) as renderer:
        covered = mask(renderer.render(triangle, K))
    corners = pixels(triangle)
    rows, columns = np.mgrid[:SIZE[1], :SIZE[0]] + 0.5
    # Signed distance to each edge, positive inside.
    inside = np.full(covered.shape, np.inf)
    for start, end in zip(corners, np.roll(corners, -1, axis=0)):
        edge = (end - start) / np.linalg.norm(end - start)
        inside = np.minimum(
            inside,
            edge[0] * (rows - start[1]) - edge[1] * (columns - start[0]))
    assert covered[inside > 1].all()
    assert not covered[inside < -1].any()


@pytest.mark.parametrize('backend', BACKENDS)
def test_vertex_is_where_the_camera_projects_it(backend):
    vertices, faces = sphere()
    place = np.array([0.4, -0.3, 3.])
    small = 0.01 * vertices + place
    with create_renderer(faces, SIZE, backend) as renderer:
        rows, columns = np.nonzero(mask(renderer.render(small, K)))
    found = np.array([columns.mean(), rows.mean()]) + 0.5
    np.testing.assert_allclose(found, pixels(place), atol=1)


@pytest.mark.parametrize('backend', BACKENDS)
def test_nearer_mesh_hides_the_farther(backend):
    vertices, faces = sphere()
    both = np.stack([0.3 * vertices + [0, 0, 2], 0.6 * vertices + [0, 0, 4]])
    red_blue = np.array([[1., 0, 0], [0, 0, 1]])
    with create_renderer(faces, SIZE, backend) as renderer:
        for order in (slice(None), slice(None, None, -1)):
            image = renderer.render(both[order], K, red_blue[order])
            middle = image[130, 150]
            assert middle[0] > 60 and middle[2] == 0 and middle[3] == 255


@pytest.mark.parametrize('backend', BACKENDS)
def test_outside_of_a_closed_mesh_is_what_is_seen(backend):
    """A colour map by depth would show the back if the culling were wrong."""
    vertices, faces = sphere()
    ball = 0.5 * vertices + [0, 0, 3]
    with create_renderer(faces, SIZE, backend) as renderer:
        image = renderer.render(ball, K)
    with create_renderer(faces[:, ::-1], SIZE, backend) as renderer:
        turned = renderer.render(ball, K)
    # The strong light comes from above and the right.
    assert image[100, 170, 0] > image[160, 130, 0] + 30
    # Which way round the triangles are does not matter.
    assert np.abs(image.astype(int) - turned).mean() < 0.5


@NEEDS_EGL
def test_renderers_agree():
    vertices, faces = sphere()
    ball = 0.7 * vertices + [0.1, 0, 3]
    images = []
    for backend in ('egl', 'software'):
        with create_renderer(faces, (640, 480), backend) as renderer:
            images.append(renderer.render(ball, np.diag([2, 2, 1]) @ K))
    first, second = map(mask, images)
    assert (first & second).sum() > 0.98 * (first | second).sum()
    inner = first & second
    difference = np.abs(images[0].astype(int) - images[1])[inner]
    assert difference.mean() < 4


@NEEDS_EGL
def test_edges_are_smooth_and_premultiplied():
    vertices, faces = sphere()
    with create_renderer(faces, SIZE, 'egl') as renderer:
        image = renderer.render(0.5 * vertices + [0, 0, 3], K, np.ones((1, 3)))
    partial = (image[..., 3] > 0) & (image[..., 3] < 255)
    assert partial.sum() > 50
    assert (image[..., :3].max(-1) <= image[..., 3]).all()


@pytest.mark.parametrize('backend', BACKENDS)
def test_crop_is_the_part_of_the_whole(backend):
    vertices, faces = sphere(12, 16)
    ball = 0.3 * vertices + [0.2, 0.1, 2]
    with create_renderer(faces, SIZE, backend) as renderer:
        crop, (x, y) = renderer.render_crop(ball, K)
        whole = renderer.render(ball, K)
    assert crop.shape[0] < SIZE[1] and crop.shape[1] < SIZE[0]
    np.testing.assert_array_equal(
        whole[y:y + crop.shape[0], x:x + crop.shape[1]], crop)
    assert mask(whole).sum() == mask(crop).sum() > 0


@pytest.mark.robustness
@pytest.mark.parametrize('backend', BACKENDS)
@pytest.mark.parametrize(
    'place, seen', [
        ([0, 0, -3], False),
        ([50, 0, 3], False),
        ([np.nan, 0, 3], False),
        ([0.9, 0, 2], True),
        ([0, 0, 0.3], True),
    ],
    ids=['behind', 'outside', 'nan', 'partly', 'around the camera'])
def test_meshes_in_odd_places(backend, place, seen):
    vertices, faces = sphere(12, 16)
    with create_renderer(faces, SIZE, backend) as renderer:
        image = renderer.render(0.5 * vertices + place, K)
    assert image.shape == (240, 320, 4)
    # A closed mesh around the camera shows its inside to nobody.
    if place != [0, 0, 0.3]:
        assert mask(image).any() == seen


@pytest.mark.parametrize('backend', BACKENDS)
def test_many_renderers_one_after_the_other(backend):
    vertices, faces = sphere(6, 8)
    for _ in range(12):
        with create_renderer(faces, SIZE, backend) as renderer:
            assert mask(renderer.render(vertices * 0.3 + [0, 0, 2], K)).any()
    renderer.close()  # once more does no harm


@pytest.mark.robustness
def test_no_opengl_is_one_line_or_the_other_renderer(monkeypatch, capsys):

    def nothing():
        raise RendererError('There is no OpenGL, use --no-render.')

    monkeypatch.setattr(mesh_renderer, '_create_context', nothing)
    faces = np.array([[0, 1, 2]])
    with pytest.raises(RendererError, match='--no-render'):
        create_renderer(faces, SIZE, 'egl')
    assert create_renderer(faces, SIZE).name == 'software'
    assert 'software' in capsys.readouterr().out
    with pytest.raises(ValueError, match='"vulkan"'):
        create_renderer(faces, SIZE, 'vulkan')


@pytest.mark.robustness
def test_reason_of_a_failed_context_is_one_line(monkeypatch):
    moderngl = pytest.importorskip('moderngl')

    def broken(**_):
        raise Exception('eglInitialize failed\nsome more')

    monkeypatch.setattr(moderngl, 'create_context', broken)
    with pytest.raises(RendererError, match='libegl1') as caught:
        create_renderer(np.array([[0, 1, 2]]), SIZE, 'egl')
    assert '\n' not in str(caught.value)


@NEEDS_EGL
@pytest.mark.robustness
def test_opengl_that_is_too_old_is_no_opengl(monkeypatch):
    monkeypatch.setattr(mesh_renderer, '_VERTEX_SHADER', '#version 999')
    with pytest.raises(RendererError, match='--no-render'):
        create_renderer(np.array([[0, 1, 2]]), SIZE, 'egl')
    assert create_renderer(np.array([[0, 1, 2]]), SIZE).name == 'software'


@NEEDS_EGL
@pytest.mark.robustness
def test_picture_too_large_for_opengl_is_told():
    vertices, faces = sphere(6, 8)
    huge = 1 << 20, 1 << 20
    with create_renderer(faces, huge, 'egl') as renderer:
        with pytest.raises(RendererError, match='--renderer software'):
            renderer.render_crop(vertices + [0, 0, 3],
                                 np.diag([1e6, 1e6, 1]) + K)


def test_normals_of_a_sphere_are_its_points():
    vertices, faces = sphere()
    normals = vertex_normals(vertices, faces)
    assert (normals * vertices).sum(-1).min() > 0.999


@pytest.mark.parametrize('backend', BACKENDS)
def test_vertices_have_colours_of_their_own(backend):
    vertices, faces = sphere()
    colours = np.where(vertices[:, :1] > 0, [[1., 0, 0]], [[0, 0, 1.]])
    with create_renderer(faces, SIZE, backend) as renderer:
        image = renderer.render(vertices + [0, 0, 4], K, colours[None])
    seen = mask(image)
    column = np.arange(SIZE[0])
    left, right = seen & (column < 140), seen & (column > 160)
    assert (image[right][:, 0] > image[right][:, 2]).mean() > 0.99
    assert (image[left][:, 2] > image[left][:, 0]).mean() > 0.99
