"""One function a verb: the only place that knows the order of the stages."""
