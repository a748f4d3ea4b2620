"""The golden vectors, a module for each kind: functions that give what a file holds."""
