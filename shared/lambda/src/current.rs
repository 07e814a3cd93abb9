//! The function as its secrets are now.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine_aws::Sdk;
use tokio::sync::Mutex;

use crate::secrets::Secrets;
use crate::setup::{Setup, StartError};

/// How old the secrets may be that a function works with: a rotated one serves everywhere after that time, and a read
/// costs a two hundred thousandth of a dollar.
const SECRETS_TTL: Duration = Duration::from_secs(300);

/// How soon they are read again when TikTok refuses the app: its secret may have been rotated.
const AFTER_REFUSAL: Duration = Duration::from_secs(10);

/// How a function is built.
pub(crate) type Build<F> = Box<dyn Fn(&mut Setup) -> Result<F, StartError>>;

/// A function that is built anew when its secrets were rotated.
pub(crate) struct Current<F> {
    build: Build<F>,
    sdk: Sdk,
    http: reqwest::Client,
    state: Mutex<State<F>>,
}

struct State<F> {
    function: Arc<F>,
    secrets: Secrets,
    read_at: Instant,
}

impl<F> Current<F> {
    /// Builds the function and looks at its resources.
    pub(crate) async fn start(build: Build<F>, sdk: Sdk, http: reqwest::Client) -> Result<Self, StartError> {
        let secrets = Secrets::read(&sdk).await?;
        let mut setup = Setup::new(sdk.clone(), http.clone(), secrets.clone());
        let function = Arc::new(build(&mut setup)?);
        setup.into_looks().take().await?;
        let state = Mutex::new(State { function, secrets, read_at: Instant::now() });
        Ok(Self { build, sdk, http, state })
    }

    /// The function for the next event.
    pub(crate) async fn get(&self) -> Arc<F> {
        let mut state = self.state.lock().await;
        let age = state.read_at.elapsed();
        let is_old = age >= SECRETS_TTL || age >= AFTER_REFUSAL && state.secrets.take_refused();
        if !state.secrets.is_empty() && is_old {
            state.read_at = Instant::now();
            if let Err(error) = self.renew(&mut state).await {
                // The function as it was built still stands.
                tracing::error!(error = steps::chain(&error), "secrets can't be read again");
            }
        }
        Arc::clone(&state.function)
    }

    async fn renew(&self, state: &mut State<F>) -> Result<(), StartError> {
        let secrets = Secrets::read(&self.sdk).await?;
        if secrets.is_same(&state.secrets) {
            return Ok(());
        }
        let mut setup = Setup::new(self.sdk.clone(), self.http.clone(), secrets.clone());
        state.function = Arc::new((self.build)(&mut setup)?);
        state.secrets = secrets;
        tracing::info!("secrets were rotated");
        Ok(())
    }
}
