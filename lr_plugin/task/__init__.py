"""Ready tasks on real data: what `lr-plugin train` trains when nothing else is asked for."""
