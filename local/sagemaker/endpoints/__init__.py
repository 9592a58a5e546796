"""Endpoints: configurations, fleets of serving processes, and the deployments that replace one fleet by another."""
