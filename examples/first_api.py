"""From a CSV file to logged predictions: `python examples/first_api.py cancer.csv DIR`."""

import sys

import danlu

path, home = sys.argv[1:3]
with danlu.open(home) as ws:
    ws.datasets.add("cancer", path)
    found = ws.experiments.run(
        "cancer",
        data="cancer",
        target="diagnosis",
        trials=6,
        epochs=10,
        space={"drop_1.p": danlu.Float(0.0, 0.4), "mlp_1.units": danlu.Choice(16, 32)},
        deploy="cancer",
    )
    print("model", found.result["model"], found.result["test"])
    for row in ws.experiments.leaderboard("cancer")[:3]:
        print(row["name"], row["metric"])

    question = ws.datasets.rows("cancer", limit=1)[0]
    truth = question.pop("diagnosis")
    answer = ws.deployments.predict("cancer", [question])["predictions"][0]
    print("answer", answer["label"], answer["probabilities"])
    print(ws.deployments.feedback("cancer", [{"id": answer["id"], "truth": truth}]))
