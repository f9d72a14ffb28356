"""Staging of all raw files, in this process or as tasks of a Ray cluster.

`distribute` decides which files have to be staged and does so, here or there; `ray_cluster`
connects to Ray; `object_store` is the storage between nodes that do not share the data folder. How
one file is staged does not belong here (`ingest.staging`). Ray is imported only if an address is
given.

Read `distribute` next.
"""
