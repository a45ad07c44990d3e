"""The custom resources: types, defaults and the names under which they are known in a cluster.

The pydantic models here are the only source of the CRDs, of the parsing and of the reference in the docs.
"""
