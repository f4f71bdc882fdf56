//! Where everything of one node lies. One folder, one instance.
//!
//! Knows: XDG paths and the names inside a home. Must not know what is in the files.

use std::fs::File;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt as _, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, at_file, failed};

/// The folder of one node.
#[derive(Debug, Clone)]
pub(crate) struct Home {
    root: PathBuf,
    config: PathBuf,
    socket: PathBuf,
}

impl Home {
    /// From the flags (or their environment variables), else the XDG folders.
    pub(crate) fn find(home: Option<&Path>, api: Option<&Path>) -> Result<Self, Failure> {
        let root = match home {
            Some(home) => std::path::absolute(home)?,
            None => xdg("XDG_DATA_HOME", ".local/share")?.join("vrm"),
        };
        let config = match (std::env::var_os("VRM_CONFIG"), home) {
            (Some(file), _) => PathBuf::from(file),
            (None, Some(_)) => root.join("config.toml"),
            (None, None) => xdg("XDG_CONFIG_HOME", ".config")?.join("vrm/config.toml"),
        };
        let socket = api.map_or_else(|| root.join("api.sock"), Path::to_owned);
        Ok(Self { root, config, socket })
    }

    /// The same home with its configuration inside it, whatever the environment says.
    pub(crate) fn with_own_config(self) -> Self {
        Self { config: self.root.join("config.toml"), socket: self.root.join("api.sock"), root: self.root }
    }

    /// The folder.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The configuration file.
    pub(crate) fn config(&self) -> &Path {
        &self.config
    }

    /// The socket of the local API.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// Where the node keeps everything.
    pub(crate) fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// What a daemon in the background says.
    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("node.log")
    }

    /// Waits until nobody else starts a node in this home; the turn ends when the file is dropped.
    pub(crate) fn turn(&self) -> Result<File, Failure> {
        self.make()?;
        let path = self.root.join("up.lock");
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|e| at_file(&path, &e))?;
        file.lock().map_err(|e| at_file(&path, &e))?;
        Ok(file)
    }

    /// Makes the folder, for its owner alone; tells whether it was new.
    pub(crate) fn make(&self) -> Result<bool, Failure> {
        let new = !self.root.exists();
        let make = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.root);
        make.map_err(|e| at_file(&self.root, &e))?;
        std::fs::set_permissions(&self.root, std::fs::Permissions::from_mode(0o700))
            .map_err(|e| at_file(&self.root, &e))?;
        Ok(new)
    }
}

fn xdg(variable: &str, otherwise: &str) -> Result<PathBuf, Failure> {
    if let Some(folder) = std::env::var_os(variable).map(PathBuf::from).filter(|f| f.is_absolute()) {
        return Ok(folder);
    }
    let home = std::env::var_os("HOME").filter(|h| !h.is_empty());
    home.map(|h| Path::new(&h).join(otherwise)).ok_or_else(|| {
        failed(
            "no_home",
            "there is no home folder to use",
            "neither HOME nor VRM_HOME is set",
            "vrm --home DIR …",
        )
    })
}
