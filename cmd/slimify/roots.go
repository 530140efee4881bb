package main

// The certificates of public authorities, for machines without any, such as an image with
// only slimify. Those of the machine take precedence.
import _ "golang.org/x/crypto/x509roots/fallback"
