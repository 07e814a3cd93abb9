//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::Private;
use lambda::{Setup, StartError};
use shop_authorization::{Answer, Callback, OperateError, Reply, Request, ShopAuthorization, Visit};

/// The step, and where sellers reach it.
struct Function {
    step: ShopAuthorization,
    base: Option<String>,
}

fn main() -> ExitCode {
    lambda::http_or_invoked(build, answer, operate)
}

fn build(setup: &mut Setup) -> Result<Function, StartError> {
    let lookup = |name: &str| setup.lookup(name);
    let secret = config::tiktok(&lookup)?.app_secret;
    let base = config::public_url(&lookup)?;
    let (shops, processed_events, tiktok) = (setup.shops()?, setup.processed_events()?, setup.tiktok()?);
    let step =
        ShopAuthorization::new(shops, processed_events, tiktok, setup.clock(), setup.settings()?, secret);
    Ok(Function { step, base })
}

async fn answer(function: Arc<Function>, request: lambda::Request) -> lambda::Response {
    // The API is reached over HTTPS alone.
    let visit = Visit::new(true, request.cookies());
    let reply = match request.path.as_str() {
        "/oauth/tiktok/start" => function.step.start(request.query("ticket"), &visit).await,
        "/oauth/tiktok/callback" => {
            let value = |name: &str| request.query(name).map(str::to_owned);
            let callback = Callback {
                code: value("code").map(Private::new),
                state: value("state"),
                error: value("error"),
            };
            function.step.callback(&callback, &visit).await
        }
        _ => return lambda::Response::empty(404),
    };
    let Reply { status, headers, text } = reply;
    lambda::Response::new(status, headers, text)
}

async fn operate(function: Arc<Function>, request: Request) -> Result<Answer, OperateError> {
    function.step.operate(request, function.base.as_deref()).await
}
