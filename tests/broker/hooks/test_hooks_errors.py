from broker.hooks import PluginError, Problem


def test_an_error_shows_every_problem_with_its_path_or_plugin():
    error = PluginError([Problem("a", "plugins[0].a.rate", "must be a number"), Problem("b", "", "failed")])
    assert str(error) == "plugins[0].a.rate: must be a number\nplugin b: failed"
    assert [problem.plugin for problem in error.problems] == ["a", "b"]
