//! Which backend a world is on.

use std::path::PathBuf;
use std::sync::Arc;

use backend::Backend;
use backend_sqlite::SqliteBackend;
use emulator::{Cloud, Emulator, Kind};
use tempfile::TempDir;
use test_world::TestClock;

use crate::virtual_time_queues::VirtualTimeQueues;

/// A backend to test on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BackendKind {
    /// The embedded one.
    #[default]
    Sqlite,
    /// AWS, at this URL.
    Aws(String),
}

impl BackendKind {
    /// AWS in the emulator of this process; `None` where tests on AWS are left out.
    ///
    /// # Errors
    /// When the emulator does not start.
    pub fn aws() -> anyhow::Result<Option<Self>> {
        Ok(Emulator::shared(Kind::MiniStack)?.map(|emulator| Self::Aws(emulator.url().to_owned())))
    }

    /// A new, empty backend, and what must live as long as it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn backend(&self, clock: &Arc<TestClock>) -> anyhow::Result<(Backend, Option<TempDir>)> {
        match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir()?;
                let path: PathBuf = folder.path().into();
                Ok((Backend::of(SqliteBackend::open(&path, clock.clone())?), Some(folder)))
            }
            Self::Aws(url) => {
                let backend = Cloud::new(url).await?.backend();
                let queues = VirtualTimeQueues::new(backend.queues.clone(), clock.clone());
                Ok((Backend { queues: Arc::new(queues), ..backend }, None))
            }
        }
    }
}

/// Makes two tests of each function of this module that takes a [`BackendKind`]: one on each backend, with the same
/// assertions.
#[macro_export]
macro_rules! on_both_backends {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    super::$test($crate::BackendKind::Sqlite).await;
                }
            )+
        }
        mod aws {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $test() {
                    if let Some(backend_kind) = $crate::BackendKind::aws().unwrap() {
                        super::$test(backend_kind).await;
                    }
                }
            )+
        }
    };
}
