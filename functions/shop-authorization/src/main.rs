//! The step as a Lambda function, which answers sellers' HTTP requests and the operator's direct invocations.

use std::process::ExitCode;
use std::sync::Arc;

use domain::Private;
use lambda::{HttpRequest, HttpResponse, Setup, StartError};
use shop_authorization::{
    BrowserResponse, BrowserSession, Callback, OperateError, OperatorAnswer, OperatorRequest,
    ShopAuthorization, ShopAuthorizationDeps,
};

/// The function, and the address at which sellers reach it.
struct ShopAuthorizationFunction {
    step: ShopAuthorization,
    base: Option<String>,
}

fn main() -> ExitCode {
    lambda::http_or_invoked(&manifest::SHOP_AUTHORIZATION, build, answer, operate)
}

fn build(setup: &mut Setup) -> Result<ShopAuthorizationFunction, StartError> {
    let secret = setup.read(config::tiktok)?.app_secret;
    let base = setup.read(config::public_url)?;
    let step = ShopAuthorization::new(ShopAuthorizationDeps {
        shops: setup.shops()?,
        processed_events: setup.processed_events()?,
        tiktok: setup.tiktok()?,
        clock: setup.clock(),
        settings: setup.settings()?,
        secret,
    });
    Ok(ShopAuthorizationFunction { step, base })
}

async fn answer(function: Arc<ShopAuthorizationFunction>, request: HttpRequest) -> HttpResponse {
    // The API is reached over HTTPS alone.
    let browser = BrowserSession::over_https(request.cookies());
    let response = match request.path.as_str() {
        "/oauth/tiktok/start" => function.step.start(request.query("ticket"), &browser).await,
        "/oauth/tiktok/callback" => {
            let value = |name: &str| request.query(name).map(str::to_owned);
            let callback = Callback {
                code: value("code").map(Private::new),
                state: value("state"),
                error: value("error"),
            };
            function.step.callback(&callback, &browser).await
        }
        _ => return HttpResponse::empty(404),
    };
    let BrowserResponse { status, headers, text } = response;
    HttpResponse::new(status, headers, text)
}

async fn operate(
    function: Arc<ShopAuthorizationFunction>,
    request: OperatorRequest,
) -> Result<OperatorAnswer, OperateError> {
    function.step.operate(request, function.base.as_deref()).await
}
