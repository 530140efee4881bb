from django.http import JsonResponse

from .models import Item


def index(request):
    Item.objects.get_or_create(name="lamp")
    return JsonResponse({"items": [item.name for item in Item.objects.all()]})
