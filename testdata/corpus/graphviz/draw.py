import graphviz

graph = graphviz.Digraph()
graph.edge("fat", "slim")
print(graph.pipe(format="svg").count(b"<text"), graph.pipe(format="png")[:4])
