"""A motion for other programs: TRC and MOT (OpenSim, Pose2Sim), C3D, CSV, animated glTF."""
