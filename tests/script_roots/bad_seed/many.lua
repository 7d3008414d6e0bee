--- seed: many
print("never runs")
