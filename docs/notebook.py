"""A marimo notebook on the published warehouse: `marimo edit docs/notebook.py`."""

import marimo

app = marimo.App(width="medium")


@app.cell
def _():
    import duckdb
    import marimo as mo

    con = duckdb.connect("data/warehouse.duckdb", read_only=True)
    return con, mo


@app.cell
def _(con, mo):
    models = con.sql(
        "select distinct model_id from marts.mart_case_metrics order by model_id"
    ).pl()["model_id"]
    model = mo.ui.dropdown(models.to_list(), value=models[0], label="Model")
    speed = mo.ui.slider(0, 100, value=0, step=5, label="Slowest speed for one user (tok/s)")
    mo.vstack([mo.md("# Which hardware for my model?"), model, speed])
    return model, speed


@app.cell
def _(con, mo, model, speed):
    options = con.sql(
        """
        select
            hardware_id, weight_precision, rank_by_card, best_output_tok_s_per_card,
            best_output_tok_s_per_w, best_tier, ranked_case_count
        from best_options($model, $speed)
        order by rank_by_card, hardware_id
        """,
        params={"model": model.value, "speed": speed.value},
    ).pl()
    mo.ui.table(options)
    return (options,)


@app.cell
def _(con, mo, model):
    findings = con.sql(
        """
        select case_id, rule_id, severity, message
        from marts.mart_case_findings
        where model_id = $model
        order by severity, case_id, rule_id
        """,
        params={"model": model.value},
    ).pl()
    mo.vstack([mo.md(f"{findings.height} findings on claims about {model.value}."), findings])
    return (findings,)


if __name__ == "__main__":
    app.run()
