"""What leaves: each job kind that causes federation has its handler here, and one table lists them.

Imported by `app` alone. Reading order: handlers (the table) · fan_out (who gets a post, in which form) ·
ties · reactions · carry (asks, tickets, carries) · outbox (one activity to one inbox) · deliver (the POST).
"""
