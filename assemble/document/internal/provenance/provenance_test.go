package provenance

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

func TestNew(t *testing.T) {
	t.Parallel()
	hash := func(c string) v1.Hash { return v1.Hash{Algorithm: "sha256", Hex: strings.Repeat(c, 64)} }
	got, err := New("example.com/app", hash("a"), Parameters{Source: "example.com/fat:1", Base: "docker.io/library/python", Platform: "linux/amd64", Keep: []string{"deb:git"}},
		[]Dependency{{"source", "pkg:oci/fat", hash("b")}, {"base", "pkg:oci/python", hash("c")}}, "v1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	want := `{
 "_type": "https://in-toto.io/Statement/v1",
 "subject": [
  {
   "name": "example.com/app",
   "digest": {
    "sha256": "A"
   }
  }
 ],
 "predicateType": "https://slsa.dev/provenance/v1",
 "predicate": {
  "buildDefinition": {
   "buildType": "https://github.com/slimify/slimify/blob/main/docs/supply-chain.md#build-type-v1",
   "externalParameters": {
    "source": "example.com/fat:1",
    "base": "docker.io/library/python",
    "platform": "linux/amd64",
    "keep": [
     "deb:git"
    ]
   },
   "resolvedDependencies": [
    {
     "name": "source",
     "uri": "pkg:oci/fat",
     "digest": {
      "sha256": "B"
     }
    },
    {
     "name": "base",
     "uri": "pkg:oci/python",
     "digest": {
      "sha256": "C"
     }
    }
   ]
  },
  "runDetails": {
   "builder": {
    "id": "https://github.com/slimify/slimify",
    "version": {
     "slimify": "v1.2.3"
    }
   }
  }
 }
}
`
	for _, c := range []string{"a", "b", "c"} {
		want = strings.ReplaceAll(want, `"`+strings.ToUpper(c)+`"`, `"`+hash(c).Hex+`"`)
	}
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
