import broker.api
from broker.hooks.specs import Specs


def test_the_api_has_every_name_it_lists_and_lists_them_in_order():
    assert all(hasattr(broker.api, name) for name in broker.api.__all__)
    assert len(set(broker.api.__all__)) == len(broker.api.__all__)


def test_every_type_in_the_signature_of_a_hook_can_be_imported_from_it():
    wanted = set()
    for function in vars(Specs).values():
        for annotation in getattr(function, "__annotations__", {}).values():
            wanted |= {
                part.__name__
                for part in getattr(annotation, "__args__", (annotation,))
                if getattr(part, "__module__", "").startswith("broker.")
            }
    assert wanted
    assert wanted <= set(broker.api.__all__)
