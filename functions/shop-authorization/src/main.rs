//! The Lambda function.

use std::process::ExitCode;
use std::sync::Arc;

use domain::Private;
use lambda::{HttpRequest, HttpResponse, Setup, StartError};
use shop_authorization::{Answer, Callback, OperateError, Reply, Request, ShopAuthorization, Visit};

/// The step, with the address at which sellers reach it.
struct Function {
    step: ShopAuthorization,
    base: Option<String>,
}

fn main() -> ExitCode {
    lambda::http_or_invoked(&manifest::SHOP_AUTHORIZATION, build, answer, operate)
}

fn build(setup: &mut Setup) -> Result<Function, StartError> {
    let secret = setup.read(config::tiktok)?.app_secret;
    let base = setup.read(config::public_url)?;
    let (shops, processed_events, tiktok) = (setup.shops()?, setup.processed_events()?, setup.tiktok()?);
    let step =
        ShopAuthorization::new(shops, processed_events, tiktok, setup.clock(), setup.settings()?, secret);
    Ok(Function { step, base })
}

async fn answer(function: Arc<Function>, request: HttpRequest) -> HttpResponse {
    // The API can be reached over HTTPS only.
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
        _ => return HttpResponse::empty(404),
    };
    let Reply { status, headers, text } = reply;
    HttpResponse::new(status, headers, text)
}

async fn operate(function: Arc<Function>, request: Request) -> Result<Answer, OperateError> {
    function.step.operate(request, function.base.as_deref()).await
}
