//! Waiting for a process that is not a child of this one to end.
//!
//! On Linux through a process descriptor, without polling and without mistaking a new process of the same number;
//! elsewhere by looking.

use std::time::Duration;

use rustix::process::Pid;

/// A process whose end can be waited for.
#[derive(Debug)]
pub(crate) struct Running(Handle);

#[cfg(target_os = "linux")]
type Handle = std::os::fd::OwnedFd;
#[cfg(not(target_os = "linux"))]
type Handle = Pid;

impl Running {
    /// The process with this number; `None` when there is none.
    pub(crate) fn find(process: u32) -> Option<Self> {
        let pid = Pid::from_raw(i32::try_from(process).ok()?)?;
        Self::hold(pid)
    }

    #[cfg(target_os = "linux")]
    fn hold(pid: Pid) -> Option<Self> {
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty()).ok().map(Self)
    }

    #[cfg(not(target_os = "linux"))]
    fn hold(pid: Pid) -> Option<Self> {
        rustix::process::test_kill_process(pid).ok().map(|()| Self(pid))
    }

    /// Waits until it has ended; `false` when it has not after `patience`.
    pub(crate) async fn ended(self, patience: Duration) -> bool {
        tokio::task::spawn_blocking(move || self.end(patience)).await.unwrap_or(false)
    }

    /// A process descriptor becomes readable when the process has ended.
    #[cfg(target_os = "linux")]
    fn end(&self, patience: Duration) -> bool {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        let mut watched = [PollFd::new(&self.0, PollFlags::IN)];
        let patience = Timespec::try_from(patience).ok();
        poll(&mut watched, patience.as_ref()).is_ok_and(|ready| ready == 1)
    }

    #[cfg(not(target_os = "linux"))]
    fn end(&self, patience: Duration) -> bool {
        let start = std::time::Instant::now();
        while rustix::process::test_kill_process(self.0).is_ok() {
            if start.elapsed() > patience {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::process::{Command, Stdio};

    #[tokio::test]
    async fn the_end_of_a_process_is_noticed_and_its_life_too() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let find = || Running::find(child.id()).unwrap();
        assert!(!find().ended(Duration::from_millis(1)).await);
        let waiting = find();
        drop(child.stdin.take());
        assert!(waiting.ended(Duration::from_secs(10)).await);
        child.wait().unwrap();
    }
}
