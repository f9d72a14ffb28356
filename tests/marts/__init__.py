"""The laws of the marts, a module per mart or group of them."""
