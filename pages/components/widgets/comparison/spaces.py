"""How alike the latents of A and B are."""

from __future__ import annotations

__all__ = ["latent_spaces"]


import streamlit as st

from pages.components.services.jobs import visitor_on, wait_for
from pages.components.services.latent_spaces import similarity_of
from pages.components.widgets.comparison.sides import Side
from vae.texts import markdown


def latent_spaces(a: Side, b: Side) -> None:
    """How alike the two latent spaces are, whatever their dimensions."""
    visitor = visitor_on("compare")
    job = similarity_of(a.model, a.beta, b.model, b.beta, visitor)
    if job.error is not None:
        st.info(markdown(job.error), icon=":material/info:")
    similarity = job.result
    if similarity is None:
        if not job.ended:
            wait_for([job], waiting="Looking for neighbours in both latent spaces")
        return
    asked = (
        f"{similarity.asked:,} of the images"
        if similarity.asked < len(a.model.checkpoint.points.labels)
        else "All images"
    )
    for column, (title, value, about, meaning) in zip(
        st.columns(3),
        (
            (
                "Shared neighbours",
                f"{100 * similarity.neighbours:.1f} %",
                f"{asked} are asked, and neighbours are looked for among all, by the distance of posterior means.",
                f"So many of the {similarity.nearest} images nearest to an image in A are also among its {similarity.nearest} nearest "
                f"in B. By chance it would be {100 * similarity.chance:.2g} %.",
            ),
            (
                "Linear CKA",
                f"{similarity.cka:.3f}",
                "Centred kernel alignment of posterior means with linear kernels (Kornblith et al., 2019).",
                "Whether images that are alike in A are alike in B, over large distances: 1 for the same space seen from another side, "
                "0 where no direction of one goes along with one of the other.",
            ),
            (
                "Procrustes disparity",
                f"{similarity.disparity:.3f}",
                "Of posterior means, as SciPy has it; the space with fewer dimensions lies flat in the other (Gower, 1975).",
                "The squared distances that images keep from their places in A once B is turned, mirrored, shifted and scaled to fit, as a "
                "share of A's variance: 0 for the same space, 1 where they have nothing in common.",
            ),
        ),
        strict=True,
    ):
        with column, st.container(border=True, height="stretch", gap="xsmall"):
            st.metric(title, value, help=about)
            st.caption(meaning)
