/** Notifies the user once about something that the server does not support. */
export type OnNotice = (code: string, message: string) => void
