"""A Bluetooth service without a radio: ``org.bluez`` on a D-Bus of its own, with straps that beat, drop, stall and lie.

It answers what bleak 3.1 asks of BlueZ, the way BlueZ 5.66 was seen to: notification sessions outlive a link,
straps that nobody is connected to are forgotten 30 s after scanning ended, an adapter connects one strap at a time and
holds so many. All of its times are seconds of a session and pass ``speed`` times as fast.
"""
