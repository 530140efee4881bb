package extract_test

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/slimify/slimify/extract"
	"github.com/slimify/slimify/extract/selection"
	"github.com/slimify/slimify/layers"
	lt "github.com/slimify/slimify/layers/layertest"
)

func Example() {
	base := &selection.Base{Tree: lt.Tree(0, []lt.Entry{lt.File("usr/local/bin/python3.9", "elf")})}
	stack, _ := layers.NewStack(0, nil, nil)
	_ = stack.Upper.Apply(0, lt.Table(
		lt.File(site+"/six.py", ""), lt.File(site+"/six-1.16.0.dist-info/RECORD", "six.py,,\n"), lt.File("root/.cache/pip/http/1", ""),
	))
	sel, err := extract.Select(context.Background(), &selection.Image{
		Config: &v1.ConfigFile{}, Stack: stack, Runtime: selection.Runtime{Version: "3.9.2"},
	}, base, selection.Options{})
	if err != nil {
		fmt.Println(err)
	}
	for _, it := range sel.Items {
		if it.Kind == layers.File {
			fmt.Printf("%s: %s, %s\n", it.Path, it.Verdict, it.Reason.Text)
		}
	}
	// Output:
	// root/.cache/pip/http/1: dropped, cache, log or backup that nothing reads again
	// usr/local/lib/python3.9/site-packages/six-1.16.0.dist-info/RECORD: kept, RECORD of six 1.16.0
	// usr/local/lib/python3.9/site-packages/six.py: kept, RECORD of six 1.16.0
}
