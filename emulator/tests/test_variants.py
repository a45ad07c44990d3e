"""How a run chooses among what is not known."""

import pytest
from aci_emulator import Settings
from aci_emulator.variants import Variants, choices
from pydantic import ValidationError


def test_the_first_value_of_each_is_the_default() -> None:
    assert Settings().variants.model_dump() == {name: values[0] for name, values in choices().items()}


def test_a_seed_draws_what_is_not_set_and_always_the_same() -> None:
    settings = Settings.model_validate({"variants_seed": 7, "variants": {"list_order": "name"}})
    assert settings.variants == Variants.drawn(7, {"list_order": "name"})
    assert settings.variants.list_order == "name"


def test_seeds_reach_every_value() -> None:
    drawn = [Variants.drawn(seed).model_dump() for seed in range(60)]
    assert {name: {d[name] for d in drawn} for name in choices()} == {n: set(v) for n, v in choices().items()}


def test_changing_one_variant_keeps_the_others() -> None:
    settings = Settings.model_validate({"variants_seed": 7}).changed({"variants": {"list_order": "shuffled"}})
    assert settings.variants == Variants.drawn(7).model_copy(update={"list_order": "shuffled"})


def test_a_new_seed_draws_anew() -> None:
    assert Settings().changed({"variants_seed": 3}).variants == Variants.drawn(3)


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(ValidationError, match="list_oder"):
        Settings.model_validate({"variants": {"list_oder": "name"}})
