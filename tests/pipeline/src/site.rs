//! Where a world keeps its state.

use std::path::PathBuf;
use std::sync::Arc;

use backend::Backend;
use backend_sqlite::SqliteBackend;
use emulator::{Cloud, Emulator, Kind};
use tempfile::TempDir;

use crate::clock::TurnedClock;
use crate::turned_queues::TurnedQueues;

/// Which backend a world is on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Site {
    /// The embedded one.
    #[default]
    OneMachine,
    /// AWS, at this URL.
    Aws(String),
}

impl Site {
    /// AWS in the emulator of this process; `None` where the tests on AWS are left out.
    ///
    /// # Errors
    /// When the emulator does not start.
    pub fn aws() -> anyhow::Result<Option<Self>> {
        Ok(Emulator::shared(Kind::MiniStack)?.map(|emulator| Self::Aws(emulator.url().to_owned())))
    }

    /// A new, empty backend, and what must live as long as it.
    ///
    /// # Errors
    /// When it can't be made.
    pub async fn backend(&self, clock: &Arc<TurnedClock>) -> anyhow::Result<(Backend, Option<TempDir>)> {
        match self {
            Self::OneMachine => {
                let folder = tempfile::tempdir()?;
                let path: PathBuf = folder.path().into();
                Ok((Backend::of(SqliteBackend::open(&path, clock.clone())?), Some(folder)))
            }
            Self::Aws(url) => {
                let backend = Cloud::new(url).await?.backend();
                let queues = TurnedQueues::new(backend.queues.clone(), clock.clone());
                Ok((Backend { queues: Arc::new(queues), ..backend }, None))
            }
        }
    }
}

/// Makes two tests of each function of this module that takes a [`Site`]: one on each backend, with the same assertions.
#[macro_export]
macro_rules! on_both_backends {
    ($($test:ident),+ $(,)?) => {
        mod one_machine {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test($crate::Site::OneMachine).await;
                }
            )+
        }
        mod aws {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    if let Some(site) = $crate::Site::aws().unwrap() {
                        super::$test(site).await;
                    }
                }
            )+
        }
    };
}
