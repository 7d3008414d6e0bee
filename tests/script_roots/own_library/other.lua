return "a neighbour"
