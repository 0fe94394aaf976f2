"""Checks a page of /metrics for what promtool lets pass, in Prometheus 0.0.4 and in OpenMetrics 1.0."""
import re

SAMPLE = re.compile(r'(?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?P<labels>.*?)\})? (?P<value>\S+)'
                    r'(?P<exemplar> # \{trace_id="[0-9a-f]{32}"\} \S+ \S+)?$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count")}


class Family:
    def __init__(self, name):
        self.name, self.kind, self.help, self.unit = name, None, None, None
        self.samples = {}


def labels_of(text):
    pairs, at = [], 0
    while at < len(text):
        match = LABEL.match(text, at)
        assert match, f"labels that cannot be read: {text}"
        pairs.append(match.groups())
        at = match.end()
    assert len(dict(pairs)) == len(pairs), f"a label that is there twice: {text}"
    return tuple(sorted(pairs))


def suffixes_of(family, is_open):
    if is_open and family.kind in ("counter", "info"):
        return ("_total",) if family.kind == "counter" else ("_info",)
    return SUFFIXES.get(family.kind, ("",))


def parse(text):
    """The families by name; fails where families interleave or a series is there twice."""
    is_open = text.endswith("# EOF\n")
    families, family = {}, None
    assert text.endswith("\n") and "\n\n" not in text
    lines = text[:-1].split("\n")
    for line in lines[:-1] if is_open else lines:
        if line.startswith("# "):
            _, word, name, rest = line.split(" ", 3)
            if word == "HELP":
                assert name not in families, f"family {name} is there twice, or interleaved"
                family = families[name] = Family(name)
            assert family and name == family.name, f"{line}: not of family {family and family.name}"
            field = {"HELP": "help", "TYPE": "kind", "UNIT": "unit"}[word]
            assert getattr(family, field) is None and not family.samples, line
            setattr(family, field, rest)
            continue
        match = SAMPLE.match(line)
        assert match, f"a line that cannot be read: {line}"
        assert family and family.kind and family.help, f"a sample without HELP and TYPE: {line}"
        names = [family.name + suffix for suffix in suffixes_of(family, is_open)]
        assert match["name"] in names, f"{line}: not of family {family.name}"
        assert not match["exemplar"] or (is_open and match["name"].endswith("_bucket")), line
        key = (match["name"], labels_of(match["labels"] or ""))
        assert key not in family.samples, f"a series that is there twice: {line}"
        family.samples[key] = (float(match["value"]), match["exemplar"])
    return families


def check_histogram(family):
    series = {}
    for (name, labels), (value, exemplar) in family.samples.items():
        rest = tuple(pair for pair in labels if pair[0] != "le")
        own = series.setdefault(rest, {"buckets": []})
        if name.endswith("_bucket"):
            own["buckets"].append((float(dict(labels)["le"]), value, exemplar))
        else:
            own[name[len(family.name):]] = value
    for labels, own in series.items():
        bounds = [bound for bound, _, _ in own["buckets"]]
        counts = [count for _, count, _ in own["buckets"]]
        where = f"{family.name} {labels}"
        assert bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), where
        assert counts == sorted(counts), f"{where}: buckets are not cumulative"
        assert own["_count"] == counts[-1], f"{where}: _count is not the +Inf bucket"
        assert (own["_sum"] == 0) or own["_count"] > 0, where
        for below, (bound, _, exemplar) in zip([float("-inf"), *bounds], own["buckets"]):
            if exemplar:
                assert below < float(exemplar.split()[2]) <= bound, f"{where}: {exemplar}"


def check(text):
    """Fails if a page breaks its format's rules; else its families."""
    families = parse(text)
    is_open = text.endswith("# EOF\n")
    for family in families.values():
        assert family.kind in ("counter", "gauge", "histogram", "info"), family.name
        assert is_open or family.kind != "info", family.name
        assert (family.kind == "counter") == family.name.endswith("_total") or is_open, family.name
        assert not is_open or not family.name.endswith(("_total", "_info")), family.name
        assert family.unit is None or (is_open and family.name.endswith("_" + family.unit))
        assert all(value >= 0 for value, _ in family.samples.values()), family.name
        if family.kind == "histogram":
            check_histogram(family)
    return families
