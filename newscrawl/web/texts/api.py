"""What the page says that describes the API. What the API itself says is English."""

TEXTS: dict[str, tuple[str, str]] = {
    "api.title": ("API", "API"),
    "api.lead": (
        "Всё, что здесь видно, программы читают в JSON. Описание для машин: OpenAPI.",
        "Programs read all that is shown here as JSON. The description for machines is OpenAPI.",
    ),
    "api.document": ("Описание OpenAPI", "OpenAPI document"),
    "api.parameters": ("Параметры", "Parameters"),
    "api.parameter": ("параметр", "parameter"),
    "api.kind": ("вид", "kind"),
    "api.meaning": ("что значит", "meaning"),
    "api.answers": ("Ответ", "Answer"),
    "api.field": ("поле", "field"),
    "api.records": ("Записи", "Records"),
    "api.required": ("обязателен", "required"),
    "api.rules": (
        "Время — UTC. Длинный список продолжает курсор next. Повторный вопрос с If-None-Match дёшев. "
        "Ошибки — problem+json (RFC 9457). Лишний параметр — ошибка, а не молчание.",
        "Times are UTC. A long list goes on by its cursor, next. Asking again with If-None-Match costs little. "
        "Errors are problem+json (RFC 9457). A parameter that is not listed is an error, not passed over.",
    ),
    "api.try": ("Попробовать", "Try it"),
}
