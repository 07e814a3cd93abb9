use clap::{CommandFactory as _, Parser as _};
use domain::remedy::{Remedy, RemedyKind};
use remedy::RemedyRequest;

use super::{Cli, Command, StageName};

fn parse(line: &str) -> Result<Cli, String> {
    let words = std::iter::once("punctual").chain(line.split_whitespace());
    Cli::try_parse_from(words).map_err(|error| error.to_string())
}

fn remedy_of(line: &str) -> RemedyRequest {
    let Some(Command::Remedy { action }) = parse(line).unwrap().command else { panic!("{line}") };
    RemedyRequest::try_from(action.request().unwrap()).unwrap()
}

#[test]
fn the_definition_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_and_option_has_help() {
    fn check(command: &clap::Command) {
        for argument in command.get_arguments().filter(|argument| argument.get_long().is_some()) {
            let id = argument.get_id().as_str();
            let is_plain = matches!(id, "help" | "version" | "reason");
            assert!(is_plain || argument.get_help().is_some(), "{} --{id}", command.get_name());
        }
        for command in command.get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            check(command);
        }
    }
    check(&Cli::command());
}

#[test]
fn reads_what_the_help_says() {
    let run = parse("--once --orders 100 --json --port 0 --seed 7 --data here").unwrap().run;
    assert!(run.once && run.output.json && !run.live);
    assert_eq!((run.orders, run.port, run.seed), (Some(100), Some(0), Some(7)));
    assert_eq!(run.data.data.as_deref(), Some("here"));
    let Some(Command::Orders(orders)) = parse("orders --stage shipped_elsewhere --limit 7").unwrap().command
    else {
        panic!("orders")
    };
    assert_eq!((orders.stage, orders.limit), (Some(StageName::ShippedElsewhere), 7));
    let Some(Command::ConnectLink(link)) = parse("connect-link").unwrap().command else { panic!("link") };
    assert_eq!(link.port, 8080);
    for line in [
        "import-catalogue c.csv --shop 7 --json",
        "test-mail ann@example.com",
        "check-settings s.json",
        "connect-link --port 9090",
        "disconnect 7495",
        "dead-letters list --shop 7 --limit 5 --json",
        "dead-letters retry 1 2",
        "dead-letters drop --all --shop 7",
        "backup b.sqlite",
        "restore b.sqlite --labels-checked",
        "order 577 --shop 7 --personal",
        "exceptions --kind no_rate --limit 1000",
        "completions zsh",
    ] {
        assert!(parse(line).is_ok(), "{line}: {:?}", parse(line).err());
    }
}

#[test]
fn stages_have_the_names_of_the_lists() {
    use clap::ValueEnum as _;
    for stage in StageName::value_variants() {
        let value = stage.to_possible_value().unwrap();
        assert_eq!(value.get_name(), stage.as_str());
    }
}

#[test]
fn every_remedy_can_be_given() {
    let retry = remedy_of("remedy retry --shop 7 --order 1 --order 2 --json");
    assert_eq!((retry.shop.as_str(), retry.orders.len(), retry.remedy), ("7", 2, Remedy::Retry));
    let file = tempfile::NamedTempFile::new().unwrap();
    serde_json::to_writer(&file, &domain::address::Address::default()).unwrap();
    for kind in RemedyKind::ALL {
        let options = match kind {
            RemedyKind::MessageBuyer => "--text Hello".to_owned(),
            RemedyKind::CancelAndRefund => "--reason wrong_price".to_owned(),
            RemedyKind::CorrectAddress => format!("--address {}", file.path().display()),
            _ => String::new(),
        };
        let action = kind.as_str().replace('_', "-");
        let request = remedy_of(&format!("remedy {action} --shop 7 --order 1 {options}"));
        assert_eq!(request.remedy.kind(), *kind);
    }
}

#[test]
fn says_what_is_wrong() {
    for (line, expect) in [
        ("--orders many", "many"),
        ("--nonsense", "--nonsense"),
        ("sing", "sing"),
        ("import-catalogue c.csv", "--shop"),
        ("--shop 7", "--shop"),
        ("remedy retry --shop 7", "--order"),
        ("remedy sing --shop 7 --order 1", "sing"),
        ("remedy cancel-and-refund --shop 7 --order 1", "--reason"),
        ("--order 7", "--order"),
        ("--live orders", "--live"),
        ("orders --stage asleep", "shipped_elsewhere"),
        ("orders --limit 0", "1..=1000"),
        ("test-mail", "ADDRESS"),
        ("check-settings", "FILE"),
        ("connect-link 7", "7"),
        ("disconnect", "SHOP_ID"),
        ("disconnect 7 8", "8"),
        ("backup", "FILE"),
        ("restore a b", "'b'"),
    ] {
        let error = parse(line).err().unwrap_or_else(|| panic!("{line} is taken"));
        assert!(error.contains(expect), "{line}: {error}");
    }
}
