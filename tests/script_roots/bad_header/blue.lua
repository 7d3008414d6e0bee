--- colour: blue
print("never runs")
