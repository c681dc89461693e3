"""What the page says that asks for the token."""

TEXTS: dict[str, tuple[str, str]] = {
    "login.title": ("Вход", "Sign in"),
    "login.why": (
        "Этот сервер открыт тем, у кого есть его токен. Его знает тот, кто запустил newscrawl serve.",
        "This server is open to those who have its token. Whoever started newscrawl serve knows it.",
    ),
    "login.token": ("Токен", "Token"),
    "login.enter": ("Войти", "Sign in"),
    "login.wrong": ("Токен не тот.", "That is not the token."),
    "login.leave": ("Выйти", "Sign out"),
}
