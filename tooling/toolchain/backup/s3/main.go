// An S3 server: Versity's gateway without the servers of users, events and administration that its program has.
//
// Arguments: the folder of the buckets, a folder for metadata, and the address. ROOT_ACCESS_KEY and ROOT_SECRET_KEY
// have the login.
package main

import (
	"context"
	"log"
	"os"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

const most = 1000

func main() {
	buckets, metadata, address := os.Args[1], os.Args[2], os.Args[3]
	attributes, err := meta.NewSideCar(metadata)
	if err != nil {
		log.Fatal(err)
	}
	backend, err := posix.New(buckets, attributes, posix.PosixOpts{SideCarDir: metadata})
	if err != nil {
		log.Fatal(err)
	}
	config := embedgw.Config{
		RootUserAccess:    os.Getenv("ROOT_ACCESS_KEY"),
		RootUserSecret:    os.Getenv("ROOT_SECRET_KEY"),
		Ports:             []string{address},
		MaxConnections:    most,
		MaxRequests:       most,
		MultipartMaxParts: most,
		Quiet:             true,
	}
	if err := embedgw.RunVersityGW(context.Background(), backend, &config); err != nil {
		log.Fatal(err)
	}
}
