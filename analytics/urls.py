"""What stands before the admin's own addresses."""

from django.urls import path

from analytics.sign_in import log_in

urlpatterns = [path("login/", log_in)]
