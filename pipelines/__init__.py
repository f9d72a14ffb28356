"""roofhouse: from raw benchmark cases to a warehouse that says which claims hold.

The stages, and where each is written:

    data/raw                as received           ingest/snapshot, ingest/split
      └─ staging            typed, screened       ingest/extract, ingest/stage, ingest/load
      │                                         on more machines: ingest/spread, cluster, shared
          └─ star           facts, dimensions     sql/star
              └─ metrics    roofline, MFU, MBU    sql/metrics, sql/macros
                  └─ quality findings, rejects    sql/quality, rules
                      └─ marts                    sql/marts
                          └─ publish              publish/

What a table holds stands in contracts/; what follows from that (DDL, column schema) in
schema, in words for a reader in dictionary; which table reads which in graph, which column
is made from which in lineage, and from which fields of the feed in provenance, with the
comments in the published file; how a table is made in make, what breaks its contract in
violations. Dagster sees all that through assets, checks, automation and definitions, its UI
shows it by show and pictures, a user calls it through cli. Its own history of runs is written
by way of event_log, and kept for as long as retention says.
"""
