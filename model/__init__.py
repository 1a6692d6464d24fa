"""The symptom checker under test: network, inference, question policy, interview."""
