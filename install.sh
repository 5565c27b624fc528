#!/bin/sh
SERVER='' # filled in by moss-server
KEYS='' # filled in by moss-server
