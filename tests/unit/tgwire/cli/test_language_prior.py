import json
from pathlib import Path

from typer.testing import CliRunner

from tgwire.cli.app import app

TEXT = "Городские власти сообщили, что старый мост останется закрытым до конца месяца, номер {}."


def _records(tmp_path: Path) -> Path:
    posts = [{"channel_id": 5, "message_id": number, "text": TEXT.format(number)} for number in range(1, 41)]
    result = CliRunner().invoke(app, ["parse", "--jsonl"], input="\n".join(map(json.dumps, posts)))
    path = tmp_path / "posts.normalized.jsonl"
    path.write_text(result.stdout)
    return path


def test_a_prior_is_learned_from_records_and_used(tmp_path: Path) -> None:
    records = _records(tmp_path)
    learned = CliRunner().invoke(app, ["language-prior", str(records)])
    assert learned.exit_code == 0
    assert json.loads(learned.stdout)["channels"] == {"5": {"ru": 1.0}}

    (tmp_path / "prior.json").write_text(learned.stdout)
    config = tmp_path / "tgwire.toml"
    config.write_text(f'[language]\nprior = "{tmp_path / "prior.json"}"\n')
    post = json.dumps({"channel_id": 5, "message_id": 99, "text": "Стандарт бонус"})
    result = CliRunner().invoke(app, ["-c", str(config), "parse", "--jsonl"], input=post)
    language = json.loads(result.stdout)["language"]
    assert (language["code"], len(language["prior"])) == ("ru", 12)


def test_a_line_that_is_no_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text('{"type": "post"}\n')
    result = CliRunner().invoke(app, ["language-prior", str(path)])
    assert result.exit_code == 1
    assert "broken.jsonl:1" in result.stderr


def test_check_names_a_language_that_nobody_knows(tmp_path: Path) -> None:
    config = tmp_path / "tgwire.toml"
    config.write_text('[language]\nlanguages = ["en", "xx"]\n')
    result = CliRunner().invoke(app, ["-c", str(config), "check", "--json"])
    findings = {finding["what"]: finding for finding in json.loads(result.stdout)}
    assert findings["language"]["is_good"] is False
    assert "xx" in findings["language"]["detail"]
