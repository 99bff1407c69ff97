# Copyright (c) mmarts contributors. Licensed under Apache-2.0.
"""Off-screen OpenGL renderer of meshes: EGL through moderngl, no screen."""
import numpy as np

from .renderer import NEAR, BaseRenderer, RendererError
from .shading import shaded

_FAR = 1000.0  # metres
_SIZE_STEP = 64  # pixels; buffers grow in steps, not with every frame
# Samples of a whole picture, 8 bytes each: 4 a pixel at 4K, 1 at 8K.
_MAX_SAMPLES = 1 << 26

# Light is computed at the vertices, not at the pixels: on a processor, where
# OpenGL without a graphics card runs, a pixel costs, and a body has vertices
# enough to look as smooth.
_VERTEX_SHADER = """
#version 330
uniform mat4 projection;
in vec3 position;
in vec3 colour;
out vec3 shade;
void main() {
    shade = min(colour, 1.0);
    gl_Position = projection * vec4(position, 1.0);
}
"""
_FRAGMENT_SHADER = """
#version 330
in vec3 shade;
out vec4 pixel;
void main() {
    pixel = vec4(shade, 1.0);
}
"""


class MeshRenderer(BaseRenderer):
    """Smoothly shaded, multisampled meshes without a screen.

    Args:
        faces: ``(F, 3)`` int.
        size: ``(width, height)`` of the frames, pixels.
        samples: Of a pixel, for smooth edges.

    Raises:
        RendererError: Where there is no OpenGL; one line says what to do.
    """

    def __init__(self,
                 faces: np.ndarray,
                 size: tuple[int, int],
                 samples: int = 4) -> None:
        super().__init__(faces, size)
        self._context = _create_context()
        self._targets: tuple = ()
        self._mesh = self._buffer = self._program = None
        try:
            self._make_buffers(samples)
        except Exception as error:  # moderngl's own errors are of any kind
            self.close()
            raise _no_opengl(error) from error

    def _make_buffers(self, samples: int) -> None:
        self.samples = min(samples, self._context.max_samples)
        self._program = self._context.program(
            vertex_shader=_VERTEX_SHADER, fragment_shader=_FRAGMENT_SHADER)
        num_vertices = int(self.faces.max()) + 1
        self._buffer = self._context.buffer(reserve=num_vertices * 6 * 4)
        self._mesh = self._context.vertex_array(
            self._program, [(self._buffer, '3f 3f', 'position', 'colour')],
            self._context.buffer(self.faces.tobytes()))

    @property
    def name(self) -> str:
        """The OpenGL device."""
        return self._context.info['GL_RENDERER']

    def _draw(self, vertices, K, colours, size) -> np.ndarray:
        target, resolved = self._frame_buffers(size)
        target.use()
        self._context.viewport = 0, 0, *size
        self._context.enable(self._context.DEPTH_TEST)
        target.clear()
        self._program['projection'].write(_projection(K, size).tobytes())
        for mesh, colour in zip(vertices, colours):
            if not np.isfinite(mesh).all():
                continue
            self._cull(mesh)
            shades = shaded(mesh, self.faces, colour)
            self._buffer.write(
                np.hstack([mesh, shades]).astype(np.float32).tobytes())
            self._mesh.render()
        self._context.copy_framebuffer(resolved, target)
        pixels = resolved.read((0, 0, *size), components=4)
        return np.frombuffer(pixels, np.uint8).reshape(size[1], size[0], 4)

    def _cull(self, mesh: np.ndarray) -> None:
        """Leave out the inside of a closed mesh: half of the work."""
        context = self._context
        if not self.closed:
            context.disable(context.CULL_FACE)
            return
        # The picture is drawn upside down, which turns every triangle over.
        context.front_face = 'cw' if self.outward(mesh) else 'ccw'
        context.enable(context.CULL_FACE)

    def _frame_buffers(self, size):
        """Multisampled and plain frame buffer, at least of this size."""
        wanted = [-(-n // _SIZE_STEP) * _SIZE_STEP for n in size]
        if self._targets:
            have = self._targets[0].size
            fits = all(w <= h for w, h in zip(wanted, have))
            # The whole buffer is resolved, so a much too large one is slow.
            if fits and np.prod(have) <= 2 * np.prod(wanted):
                return self._targets
            self._release_targets()
        try:
            self._targets = self._make_targets(wanted)
        except Exception as error:  # moderngl's own errors are of any kind
            raise RendererError(
                f'OpenGL cannot draw a picture of {wanted[0]}x{wanted[1]} '
                f'({error}); use --renderer software or --no-render.'
            ) from error
        return self._targets

    def _make_targets(self, size: list[int]) -> tuple:
        context = self._context
        samples = min(self.samples, max(_MAX_SAMPLES // int(np.prod(size)), 1))
        return (context.framebuffer(
            context.renderbuffer(size, 4, samples=samples),
            context.depth_renderbuffer(size, samples=samples)),
                context.framebuffer(context.renderbuffer(size, 4)))

    def _release_targets(self) -> None:
        for target in self._targets:
            for attachment in target.color_attachments:
                attachment.release()
            if target.depth_attachment is not None:
                target.depth_attachment.release()
            target.release()
        self._targets = ()

    def close(self) -> None:
        """Release buffers and the context."""
        if self._context is None:
            return
        self._release_targets()
        for thing in (self._mesh, self._buffer, self._program, self._context):
            if thing is not None:
                thing.release()
        self._context = None


def _create_context():
    try:
        import moderngl
    except ImportError as error:
        raise RendererError(
            'Drawing with OpenGL needs moderngl: `pip install moderngl`.'
        ) from error
    try:
        return moderngl.create_context(standalone=True, backend='egl')
    except Exception as error:  # moderngl and glcontext raise bare Exception
        raise _no_opengl(error) from error


def _no_opengl(error: Exception) -> RendererError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return RendererError(
        f'There is no OpenGL without a screen here ({reason}): install it '
        '(Debian: `apt install libegl1 libgl1-mesa-dri`).')


def _projection(K: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """OpenGL matrix, column by column, of a pinhole camera.

    OpenGL's rows run upwards; a picture drawn upside down and read from the
    bottom is upright, so y needs no sign.
    """
    width, height = size
    matrix = np.zeros((4, 4), np.float32)
    matrix[0, 0] = 2 * K[0, 0] / width
    matrix[0, 1] = 2 * K[0, 1] / width
    matrix[0, 2] = 2 * K[0, 2] / width - 1
    matrix[1, 1] = 2 * K[1, 1] / height
    matrix[1, 2] = 2 * K[1, 2] / height - 1
    matrix[2, 2] = (_FAR + NEAR) / (_FAR - NEAR)
    matrix[2, 3] = -2 * _FAR * NEAR / (_FAR - NEAR)
    matrix[3, 2] = 1
    return np.ascontiguousarray(matrix.T)
