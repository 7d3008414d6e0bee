return { whose = "one further below" }
