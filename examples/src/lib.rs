//! Programs that embed a node: see the files beside this folder.
